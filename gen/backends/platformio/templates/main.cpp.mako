<%doc>The app. Needs: g, speed, source.</%doc>\
/* ${g.name} behind Gatesmith's link, so that it can be compared with Keras on the board itself:
 *
 *     gatesmith validate ${source} --target ... --port ...
 *
 * Yours to change; lib/${g.name}/examples/step is an app that calls the model by itself. */

#include <Arduino.h>

#include <gatesmith_arduino.h>
#include <${g.name}.h>

void setup()
{
    Serial.begin(${speed or 115200});
    gs_arduino_begin(Serial);
}

void loop()
{
    gs_arduino_poll();
}
