using System.Globalization;

namespace Posthorn.IntegrationTests.Harness;

/// <summary>Real mail programs, each sending files as mails to a port of this machine.</summary>
internal abstract class MailClient
{
    public static IReadOnlyList<MailClient> All { get; } = [new Swaks(), new Msmtp(), new Smtplib(), new Nodemailer()];

    public abstract string Name { get; }

    /// <summary>Sends; throws unless every mail was accepted.</summary>
    public abstract Task SendAsync(int port, IReadOnlyList<MailToSend> mails);

    private static async Task RunAsync(string program, IEnumerable<string> arguments, string? input = null)
    {
        var result = await ChildProcess.RunAsync(program, arguments, input, TimeSpan.FromMinutes(3));
        if (result.ExitCode != 0)
            throw new InvalidOperationException($"{program} failed: {result}");
    }

    private static string Port(int port) => port.ToString(CultureInfo.InvariantCulture);

    /// <summary>One line a mail, for the scripts beside this assembly.</summary>
    private static string Lines(IEnumerable<MailToSend> mails) =>
        string.Concat(mails.Select(m => $"{m.Sender}\t{string.Join(',', m.Recipients)}\t{m.File}\n"));

    private static string Script(string name) => Path.Combine(AppContext.BaseDirectory, "Clients", name);

    /// <summary>Two at a time: a mail is a process, and there are two cores.</summary>
    private static Task EachAsync(IReadOnlyList<MailToSend> mails, Func<MailToSend, Task> send) =>
        Parallel.ForEachAsync(mails, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (mail, _) => await send(mail));

    private sealed class Swaks : MailClient
    {
        public override string Name => "swaks";

        public override Task SendAsync(int port, IReadOnlyList<MailToSend> mails) => EachAsync(mails, mail => RunAsync(
            "swaks",
            ["--server", "127.0.0.1", "--port", Port(port), "--helo", "swaks.test", "-f", mail.Sender, "-t", string.Join(',', mail.Recipients),
             "--data", "@" + mail.File, "--silent", "2", "--timeout", "60"]));
    }

    private sealed class Msmtp : MailClient
    {
        public override string Name => "msmtp";

        public override Task SendAsync(int port, IReadOnlyList<MailToSend> mails) => EachAsync(mails, mail => RunAsync(
            "sh",
            ["-c", "file=$1; shift; exec msmtp \"$@\" <\"$file\"", "sh", mail.File,
             "--file=/dev/null", "--host=127.0.0.1", "--port=" + Port(port), "--domain=msmtp.test", "--from=" + mail.Sender, "--auth=off", "--tls=off",
             "--set-from-header=off", "--set-date-header=off", "--set-msgid-header=off", "--remove-bcc-headers=off", "--", .. mail.Recipients]));
    }

    private sealed class Smtplib : MailClient
    {
        public override string Name => "smtplib";

        public override Task SendAsync(int port, IReadOnlyList<MailToSend> mails) =>
            RunAsync("/usr/bin/python3", [Script("send.py"), Port(port)], Lines(mails));
    }

    private sealed class Nodemailer : MailClient
    {
        public override string Name => "nodemailer";

        public override Task SendAsync(int port, IReadOnlyList<MailToSend> mails) =>
            RunAsync("node", [Script("send.cjs"), Repository.Tools, Port(port)], Lines(mails));
    }
}
