"""The web server of the app: which requests it answers, and the options it is started with."""
