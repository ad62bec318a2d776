"""A real mail server for the tests: aiosmtpd, which nobody here wrote.

    mail_server.py PORT FILE MODE [CERTIFICATE KEY]

It appends each message to FILE as one line of JSON, and prints `ready` when it listens. MODE is `takes`, `refuses`
(every recipient, with 550), `holds` (takes the message and never answers) or `asks` (takes it from `carehub` with the
password `of-the-tests` alone). With a certificate it takes nothing before STARTTLS.
"""

import asyncio
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    def __init__(self, file, mode):
        self.file = file
        self.mode = mode

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.mode == "refuses":
            return "550 5.1.1 <%s> is nobody here" % address
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "tls": session.ssl is not None,
            "content": envelope.content.decode("utf-8"),
        }
        with open(self.file, "a", encoding="utf-8") as file:
            file.write(json.dumps(message) + "\n")
            file.flush()
        if self.mode == "holds":
            await asyncio.sleep(3600)
        return "250 OK"


async def main():
    port, file, mode = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    tls = None
    if len(sys.argv) > 4:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(sys.argv[4], sys.argv[5])
    handler = Handler(file, mode)

    def authenticator(server, session, envelope, mechanism, given):
        known = (given.login, given.password) == (b"carehub", b"of-the-tests")
        return AuthResult(success=known, handled=False)

    def session():
        return SMTP(
            handler,
            hostname="localhost",
            tls_context=tls,
            require_starttls=tls is not None,
            auth_required=mode == "asks",
            authenticator=authenticator,
        )

    loop = asyncio.get_running_loop()
    server = await loop.create_server(session, "127.0.0.1", port)
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(main())
