using System.Buffers;
using System.Text;

namespace Posthorn.Protocols.Pop3;

/// <summary>Answers as they go over the wire (RFC 1939 3).</summary>
public static class Pop3ReplyFormat
{
    /// <summary>Writes the first line of an answer, which often is all of it.</summary>
    public static void Write(IBufferWriter<byte> output, Pop3Reply reply)
    {
        output.Write(reply.IsOk ? "+OK"u8 : "-ERR"u8);
        if (reply.CodeText.Length + reply.Text.Length > 0)
            output.Write(" "u8);
        Encoding.ASCII.GetBytes(reply.CodeText, output);
        Encoding.UTF8.GetBytes(reply.Text, output);
        output.Write("\r\n"u8);
    }

    /// <summary>Writes a challenge of an exchange (RFC 5034 4).</summary>
    public static void WriteChallenge(IBufferWriter<byte> output, ReadOnlySpan<byte> challenge)
    {
        output.Write("+ "u8);
        Encoding.ASCII.GetBytes(Convert.ToBase64String(challenge), output);
        output.Write("\r\n"u8);
    }

    /// <summary>Writes a line of an answer of several. Ours never begin with a dot.</summary>
    public static void WriteLine(IBufferWriter<byte> output, ReadOnlySpan<char> line)
    {
        Encoding.ASCII.GetBytes(line, output);
        output.Write("\r\n"u8);
    }

    /// <summary>Writes the end of an answer of several lines.</summary>
    public static void WriteEnd(IBufferWriter<byte> output) => output.Write(".\r\n"u8);
}
