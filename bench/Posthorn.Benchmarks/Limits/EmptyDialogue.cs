using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Posthorn.Benchmarks.Limits;

/// <summary>
/// The least an SMTP session can do: a reply to each line, and mails that are read to their end and forgotten. Replies to what came together leave together,
/// as RFC 2920 has it. It checks no command, no order and no address.
/// </summary>
internal sealed class EmptyDialogue : ConnectionHandler
{
    private static readonly byte[] s_end = "\r\n.\r\n"u8.ToArray();

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var (input, output) = (connection.Transport.Input, connection.Transport.Output);
        output.Write("220 limit.test ESMTP\r\n"u8);
        await output.FlushAsync();
        var (isData, isOver) = (false, false);
        try
        {
            while (!isOver)
            {
                var read = await input.ReadAsync();
                if (read.IsCompleted && read.Buffer.IsEmpty)
                    return;
                var consumed = Answer(read.Buffer, output, ref isData, ref isOver);
                input.AdvanceTo(consumed, read.Buffer.End);
                if (read.IsCompleted)
                    return;
                await output.FlushAsync();
            }
        }
        catch (ConnectionResetException)
        {
            // The client is done; there is nothing to lose.
        }
    }

    private static SequencePosition Answer(ReadOnlySequence<byte> buffer, PipeWriter output, ref bool isData, ref bool isOver)
    {
        var reader = new SequenceReader<byte>(buffer);
        while (!isOver)
        {
            if (isData)
            {
                if (!reader.TryReadTo(out ReadOnlySequence<byte> _, s_end))
                {
                    // The end may have come in part: its first bytes stay until the rest is there.
                    reader.Advance(Math.Max(0, reader.Remaining - s_end.Length + 1));
                    return reader.Position;
                }
                isData = false;
                output.Write("250 2.0.0 forgotten\r\n"u8);
                continue;
            }
            if (!reader.TryReadTo(out ReadOnlySequence<byte> line, (byte)'\n'))
                return reader.Position;
            var first = line.FirstSpan;
            switch (first.Length < 4 ? 0 : first[0] & 0xDF)
            {
                case 'E':
                    output.Write("250-limit.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE\r\n"u8);
                    break;
                case 'D':
                    output.Write("354 go on\r\n"u8);
                    isData = true;
                    break;
                case 'Q':
                    output.Write("221 2.0.0 bye\r\n"u8);
                    isOver = true;
                    break;
                default:
                    output.Write("250 2.0.0 ok\r\n"u8);
                    break;
            }
        }
        return reader.Position;
    }
}
