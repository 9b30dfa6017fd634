// Sends mails with nodemailer, as raw as it goes: send.cjs FOLDER-OF-NODE-MODULES PORT, lines on stdin as for send.py.
const fs = require("fs");
const path = require("path");
const nodemailer = require(path.join(process.argv[2], "node_modules", "nodemailer"));

async function main() {
  const transport = nodemailer.createTransport({
    host: "127.0.0.1", port: Number(process.argv[3]), name: "nodemailer.test", secure: false, ignoreTLS: true, pool: true, maxConnections: 1,
    maxMessages: Infinity,
  });
  for (const line of fs.readFileSync(0, "utf8").split("\n").filter(Boolean)) {
    const [sender, recipients, file] = line.split("\t");
    await transport.sendMail({ envelope: { from: sender, to: recipients.split(",") }, raw: fs.readFileSync(file) });
  }
  transport.close();
}

main().catch(error => {
  console.error(error);
  process.exit(1);
});
