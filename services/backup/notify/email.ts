import { connect, type Socket } from "node:net";
import { createTransport } from "nodemailer";
import type { SmtpConfig } from "../config/notify.ts";
import { type Channel, SendError } from "./channel.ts";
import { linesOf, titleOf } from "./event.ts";
import { mask } from "./post.ts";

/** How long the mail server may take for any one answer. */
const answerMs = 8_000;

/** One mail of plain text by SMTP. TLS is verified, and never left out because the server does not offer it. */
export function emailChannel(config: SmtpConfig): Channel {
  return {
    name: "email",
    async send(event, signal) {
      let socket: Socket | undefined;
      const drop = (): void => {
        socket?.destroy(new Error("no answer in time"));
      };
      signal.addEventListener("abort", drop, { once: true });
      const transport = createTransport({
        host: config.host,
        port: config.port,
        secure: config.tls === "implicit",
        requireTLS: config.tls === "starttls",
        ignoreTLS: config.tls === "none",
        tls: {
          rejectUnauthorized: true,
          servername: config.host,
          ...(config.ca === undefined ? {} : { ca: config.ca }),
        },
        ...(config.login ? { auth: { user: config.login.user, pass: config.login.password } } : {}),
        connectionTimeout: answerMs,
        greetingTimeout: answerMs,
        socketTimeout: answerMs,
        // Nothing of a message may be read from our disk or fetched from somewhere.
        disableFileAccess: true,
        disableUrlAccess: true,
        // Our own socket: a server that sends a byte now and then would outlive every time limit between two bytes.
        getSocket(_options, done) {
          socket = connect({ host: config.host, port: config.port });
          const failed = (error: Error): void => done(error, undefined);
          socket.once("error", failed);
          socket.once("connect", () => {
            socket?.off("error", failed);
            done(null, { connection: socket });
          });
        },
      });
      try {
        signal.throwIfAborted();
        const { rejected } = await transport.sendMail({
          from: { name: "golive-backup", address: config.from },
          to: config.to.map((address) => ({ name: "", address })),
          subject: titleOf(event),
          text: `${linesOf(event).join("\n\n")}\n`,
          headers: { "Auto-Submitted": "auto-generated" },
        });
        return rejected.length === 0 ? undefined : `the mail server refused ${rejected.map(addressOf).join(" and ")}`;
      } catch (error) {
        throw asSendError(error, config, signal);
      } finally {
        signal.removeEventListener("abort", drop);
        transport.close();
        socket?.destroy();
      }
    },
  };
}

/** One of several recipients that is refused is no failure of the mail: the others have it, and a second try would send it twice. */
const addressOf = (recipient: string | { readonly address: string }): string =>
  typeof recipient === "string" ? recipient : recipient.address;

/** A 4xx of SMTP is for now, a 5xx for good; a certificate or a login that is wrong stays so. */
function asSendError(thrown: unknown, { host, port, login }: SmtpConfig, signal: AbortSignal): SendError {
  const error = thrown as Error & { code?: string; responseCode?: number };
  const why = signal.aborted ? "no answer in time" : mask(error.message, secretsOf(login?.password));
  return new SendError(`mail server ${host}:${port}: ${why}`, { again: !isForGood(error), cause: undefined });
}

function isForGood({ code, responseCode, message }: Error & { code?: string; responseCode?: number }): boolean {
  if (responseCode !== undefined) return responseCode >= 500;
  // A certificate that does not verify comes as an error of the socket like any other.
  return ["EAUTH", "ETLS", "EENVELOPE", "EMESSAGE"].includes(code ?? "") || /certificate/i.test(message);
}

/** The password as it is, and as AUTH PLAIN and LOGIN write it. */
const secretsOf = (password: string | undefined): readonly string[] =>
  password === undefined ? [] : [password, Buffer.from(password).toString("base64")];
