<%doc>ESP-IDF's component manager. Needs: g, source, version.</%doc>\
version: "${version}"
description: "A network trained with Keras, as plain C99 by Gatesmith; model id ${g.model_id}"
dependencies:
  idf: ">=5.0"
