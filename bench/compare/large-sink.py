"""Takes mails and keeps nothing: python3 large-sink.py PORT, on every address; prints mesg=N when it has taken N.

smtp-sink looks at every byte, which for large mails takes longer than a server's work; this looks for the end only. No PIPELINING is offered, so nothing
comes behind it.
"""
import socket
import sys
import threading

taken = 0
counting = threading.Lock()


def take_mail(connection, buffer):
    end = b"\r\n"
    while not end.endswith(b"\r\n.\r\n"):
        count = connection.recv_into(buffer)
        if count == 0:
            raise OSError("the peer went away within a mail")
        end = (end + bytes(buffer[max(0, count - 5):count]))[-5:]


def session(connection):
    global taken
    buffer = memoryview(bytearray(1 << 20))
    try:
        with connection, connection.makefile("rb", buffering=0) as commands:
            connection.sendall(b"220 sink.test\r\n")
            while command := commands.readline():
                verb = command[:4].upper()
                if verb == b"DATA":
                    connection.sendall(b"354 go on\r\n")
                    take_mail(connection, buffer)
                    with counting:
                        taken += 1
                        print(f"mesg={taken}", flush=True)
                connection.sendall(b"221 bye\r\n" if verb == b"QUIT" else b"250 yes\r\n")
                if verb == b"QUIT":
                    return
    except OSError as error:
        print(f"large-sink: {error}", file=sys.stderr)


with socket.create_server(("0.0.0.0", int(sys.argv[1])), backlog=128) as listener:
    while True:
        threading.Thread(target=session, args=(listener.accept()[0],), daemon=True).start()
