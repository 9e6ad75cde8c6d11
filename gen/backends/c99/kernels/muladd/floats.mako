<%namespace name="vfp" file="/vfp/floats.mako"/>\
<%def name="gemv(g, asm)">${vfp.gemv(g, asm)}</%def>
<%def name="gemv_long(g, asm)">${vfp.gemv_long(g, asm)}</%def>
