/* The Arduino port: the link over any Arduino stream, Serial as a rule.
 *
 *     void setup() { Serial.begin(115200); gs_arduino_begin(Serial); }
 *     void loop() { gs_arduino_poll(); }
 *
 * Nothing else may write to that stream. */
#ifndef GATESMITH_ARDUINO_H
#define GATESMITH_ARDUINO_H

#include <Arduino.h>

/* Once, in setup(): the model at rest, the link waiting for a host. The stream must have begun. */
void gs_arduino_begin(Stream &stream);

/* As often as possible, in loop(): takes the bytes that have come, runs the model, writes the answers. */
void gs_arduino_poll(void);

#endif
