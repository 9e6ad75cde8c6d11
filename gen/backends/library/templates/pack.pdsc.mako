<%doc>A CMSIS-Pack description: a Csub has up to 32 characters. Needs: g, source, version, release.</%doc>\
<?xml version="1.0" encoding="UTF-8"?>
<package schemaVersion="1.7.28" xmlns:xs="http://www.w3.org/2001/XMLSchema-instance" xs:noNamespaceSchemaLocation="PACK.xsd">
  <vendor>Gatesmith</vendor>
  <name>${g.name}</name>
  <description>A network trained with Keras (${source | x}) as plain C99; model id ${g.model_id}</description>
  <url></url>
  <releases>
    <release version="${version}">Generated.</release>
  </releases>
  <components>
    <component Cclass="Machine Learning" Cgroup="Gatesmith" Csub="${g.name[-32:].lstrip("_")}" Cversion="${release}">
      <description>The network: ${g.name}_reset, ${g.name}_${"step and run" if g.causal or g.rate else "run"}</description>
      <files>
        <file category="header" name="src/${g.name}.h"/>
        ${f'<file category="header" name="src/{g.name}_push.h"/>' if pushed else ""}
        <file category="source" name="src/${g.name}.c"/>
        <file category="source" attr="template" select="Samples in, answers out" name="examples/bare/main.c"/>
        <file category="doc" name="README.md"/>
      </files>
    </component>
  </components>
</package>
