<%doc>The main component. Needs: g.</%doc>\
idf_component_register(SRCS "main.c" REQUIRES ${g.name})
