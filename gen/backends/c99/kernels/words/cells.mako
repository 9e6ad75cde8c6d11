<%include file="/mac16/cells.mako"/>
