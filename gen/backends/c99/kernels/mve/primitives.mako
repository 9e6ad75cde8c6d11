<%doc>Primitives that other Arm cores have too. Needs: asm, whether assembly may be written; plain, a primitive in plain C.</%doc>\
<%namespace name="twin" file="/dsp/primitives.mako"/>\
<%def name="saturate16(plain)">${twin.saturate16(plain)}</%def>
<%def name="upper_root(asm, plain)">${twin.upper_root(asm, plain)}</%def>
