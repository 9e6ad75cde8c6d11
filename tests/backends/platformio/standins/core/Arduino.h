/* As much of Arduino's core as a generated project uses: a stand-in for the emulated boards, whose real cores need
 * PlatformIO's registry. */
#ifndef ARDUINO_H
#define ARDUINO_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

class Stream
{
  public:
    virtual int available() = 0;
    virtual int read() = 0;
    virtual size_t write(const uint8_t *bytes, size_t count) = 0;
    virtual void flush() = 0;
    size_t print(const char *text);
    size_t print(char c);
    size_t print(int value);
    size_t print(double value, int digits = 2);
    size_t println(const char *text = "");
    size_t println(double value, int digits);
};

class Uart : public Stream
{
  public:
    void begin(unsigned long baud);
    int available() override;
    int read() override;
    size_t write(const uint8_t *bytes, size_t count) override;
    void flush() override;
};

extern Uart Serial;

uint32_t millis();
uint32_t micros();
void delay(uint32_t milliseconds);
void yield();
void setup();
void loop();

#endif
