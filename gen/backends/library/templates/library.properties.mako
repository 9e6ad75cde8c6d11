<%doc>Arduino's. Needs: g, source, version.</%doc>\
name=${g.name}
version=${version}
author=Gatesmith (generated)
maintainer=Gatesmith (generated)
sentence=A network trained with Keras, as plain C99.
paragraph=Written from ${source} by Gatesmith; model id ${g.model_id}. No heap, no dependencies.
category=Data Processing
url=https://docs.arduino.cc/libraries/
architectures=*
includes=${g.name}.h
