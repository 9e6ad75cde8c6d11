<%doc>Zephyr's module. Needs: g.</%doc>\
name: "${g.name}"
build:
  cmake: .
