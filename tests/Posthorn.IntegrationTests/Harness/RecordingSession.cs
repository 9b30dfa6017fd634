using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;

namespace Posthorn.IntegrationTests.Harness;

/// <summary>One connection of a <see cref="RecordingSmtpServer"/>.</summary>
internal sealed class RecordingSession(RecordingSmtpServer server, TcpClient client)
{
    private readonly List<string> _recipients = [];
    private string _mailCommand = "";
    private string? _sender;

    public async Task RunAsync(CancellationToken end)
    {
        using var _ = client;
        // Closing the socket is how a server dies; a read that merely was cancelled would leave the peer waiting.
        await using var registration = end.Register(client.Dispose);
        client.NoDelay = true;
        try
        {
            var stream = client.GetStream();
            var reader = PipeReader.Create(stream);
            if (!await AnswerAsync(stream, Stage.Connect, "", "220 recorder.test ESMTP", end))
                return;
            while (await ReadLineAsync(reader, end) is { } line && await ObeyAsync(line, reader, stream, end))
                await stream.FlushAsync(end);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The peer went away, or the server was told to die.
        }
    }

    private async Task<bool> ObeyAsync(string line, PipeReader reader, NetworkStream stream, CancellationToken end)
    {
        var verb = line.Split(' ', 2)[0].ToUpperInvariant();
        switch (verb)
        {
            case "EHLO" or "HELO" or "LHLO":
                var names = server.Extensions.Prepend("recorder.test").ToArray();
                var lines = names.Select((n, i) => $"250{(i == names.Length - 1 ? ' ' : '-')}{n}");
                return await AnswerAsync(stream, Stage.Ehlo, line, verb == "HELO" ? "250 recorder.test" : string.Join("\r\n", lines), end);
            case "MAIL":
                _mailCommand = line;
                _sender = Address(line);
                _recipients.Clear();
                return await AnswerAsync(stream, Stage.Mail, line, "250 2.1.0 Ok", end);
            case "RCPT" when _sender is not null:
                var isAccepted = false;
                var isOpen = await AnswerAsync(stream, Stage.Rcpt, line, "250 2.1.5 Ok", end, reply => isAccepted = reply.StartsWith('2'));
                if (isAccepted)
                    _recipients.Add(Address(line));
                return isOpen;
            case "DATA" when _recipients.Count > 0:
                var isGo = false;
                var goesOn = await AnswerAsync(stream, Stage.Data, line, "354 Go on", end, reply => isGo = reply.StartsWith('3'));
                return isGo ? await TakeContentAsync(reader, stream, end) : goesOn;
            case "RSET":
                (_sender, _mailCommand) = (null, "");
                _recipients.Clear();
                return await SayAsync(stream, "250 2.0.0 Ok", end);
            case "NOOP":
                return await SayAsync(stream, "250 2.0.0 Ok", end);
            case "QUIT":
                await SayAsync(stream, "221 2.0.0 Bye", end);
                return false;
            case "RCPT" or "DATA":
                return await SayAsync(stream, "503 5.5.1 Bad sequence", end);
            default:
                return await SayAsync(stream, "502 5.5.1 Not here", end);
        }
    }

    private async Task<bool> TakeContentAsync(PipeReader reader, NetworkStream stream, CancellationToken end)
    {
        using var content = new DataReader(server.ContentBytesKept);
        while (!content.IsComplete)
        {
            var read = await reader.ReadAsync(end);
            var buffer = read.Buffer;
            var consumed = content.Take(buffer);
            reader.AdvanceTo(buffer.GetPosition(consumed));
            if (read.IsCompleted && !content.IsComplete)
                return false;
        }
        var mail = content.ToMail(_sender!, [.. _recipients], _mailCommand);
        (_sender, _mailCommand) = (null, "");
        _recipients.Clear();
        await server.Before(Stage.Content).WaitAsync(end);
        var verdict = server.Script(Stage.Content, mail.MailCommand);
        if (verdict is null || verdict.Reply.StartsWith('2'))
            server.Keep(mail);
        return await GiveAsync(stream, verdict, "250 2.0.0 Ok: recorded", end);
    }

    private async Task<bool> AnswerAsync(
        NetworkStream stream, Stage stage, string line, string usual, CancellationToken end, Action<string>? decided = null)
    {
        await server.Before(stage).WaitAsync(end);
        var verdict = server.Script(stage, line);
        decided?.Invoke(verdict?.Reply ?? usual);
        return await GiveAsync(stream, verdict, usual, end);
    }

    private static async Task<bool> GiveAsync(NetworkStream stream, Verdict? verdict, string usual, CancellationToken end)
    {
        if (ReferenceEquals(verdict, Verdict.Drop))
            return false;
        if (ReferenceEquals(verdict, Verdict.Hang))
            await Task.Delay(Timeout.InfiniteTimeSpan, end);
        var reply = verdict?.Reply ?? usual;
        await SayAsync(stream, reply, end);
        return !reply.StartsWith("421", StringComparison.Ordinal);
    }

    private static async Task<bool> SayAsync(NetworkStream stream, string reply, CancellationToken end)
    {
        await stream.WriteAsync(Encoding.UTF8.GetBytes(reply + "\r\n"), end);
        return true;
    }

    private static string Address(string line) => line[(line.IndexOf('<', StringComparison.Ordinal) + 1)..line.IndexOf('>', StringComparison.Ordinal)];

    private static async Task<string?> ReadLineAsync(PipeReader reader, CancellationToken end)
    {
        while (true)
        {
            var read = await reader.ReadAsync(end);
            if (read.Buffer.PositionOf((byte)'\n') is { } newline)
            {
                var line = Encoding.UTF8.GetString(read.Buffer.Slice(0, newline)).TrimEnd('\r');
                reader.AdvanceTo(read.Buffer.GetPosition(1, newline));
                return line;
            }
            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted)
                return null;
        }
    }
}
