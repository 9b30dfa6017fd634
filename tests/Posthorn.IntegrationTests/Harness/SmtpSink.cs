using System.Text;
using System.Text.RegularExpressions;

namespace Posthorn.IntegrationTests.Harness;

/// <summary>Postfix's smtp-sink: takes any mail and writes each transaction to a file. Its files end lines with LF.</summary>
internal sealed partial class SmtpSink : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly ChildProcess _process;

    private SmtpSink(TemporaryFolder folder, ChildProcess process, int port)
    {
        (_folder, _process, Port) = (folder, process, port);
    }

    public int Port { get; }

    public static async Task<SmtpSink> StartAsync(params string[] options)
    {
        var port = FreePort.Take();
        var folder = new TemporaryFolder();
        var process = ChildProcess.Start(
            "/usr/sbin/smtp-sink", ["-u", "root", "-d", folder["%s."], .. options, $"127.0.0.1:{port}", "256"], workingDirectory: folder.Path);
        var sink = new SmtpSink(folder, process, port);
        await Until.TrueAsync(async () => process.HasExited || await FreePort.IsServedAsync(port), "smtp-sink listens");
        if (process.HasExited)
            throw new InvalidOperationException("smtp-sink did not start: " + process.Error);
        return sink;
    }

    public int Count => Directory.GetFiles(_folder.Path).Length;

    /// <summary>Every mail by envelope: without the lines that smtp-sink puts in front, its own Received included, and the empty one it puts behind.</summary>
    public IReadOnlyList<SunkMail> Mails() => [.. Directory.GetFiles(_folder.Path).Select(Read).OfType<SunkMail>()];

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        _folder.Dispose();
    }

    private static SunkMail? Read(string file)
    {
        var text = Encoding.Latin1.GetString(File.ReadAllBytes(file));
        var match = Preamble().Match(text);
        return match.Success
            ? new SunkMail(match.Groups["sender"].Value, [.. match.Groups["recipient"].Captures.Select(c => c.Value)], text[match.Length..^1])
            : null;
    }

    [GeneratedRegex(
        @"\A(?:X-(?!Mail-Args|Rcpt-Args)[\w-]+: .*\n)*X-Mail-Args: <(?<sender>[^>]*)>.*\n(?:X-Rcpt-Args: <(?<recipient>[^>]*)>.*\n)+Received: .*\n(?:\t.*\n)*",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex Preamble();
}

/// <summary>A mail as smtp-sink wrote it: Latin-1 text with LF line ends.</summary>
internal sealed record SunkMail(string Sender, IReadOnlyList<string> Recipients, string Content);
