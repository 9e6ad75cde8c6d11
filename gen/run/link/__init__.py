"""The device link's host side: frames, transports, and a running model behind them."""
