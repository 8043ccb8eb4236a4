"""What puts the app somewhere: a Space, replicas behind nginx."""
