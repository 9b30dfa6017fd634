using System.Buffers;
using System.Text;
using Posthorn.Protocols.Imap.Reading;
using Posthorn.Protocols.Imap.Responses;

namespace Posthorn.UnitTests.Protocols.Imap;

/// <summary>Feeds a reader as a session does, takes the messages of APPEND, and writes down everything it finds.</summary>
internal sealed class ImapDialogue
{
    private readonly List<string> _found = [];
    private readonly Func<ImapInput.AppendMessage, ImapReply?> _refuse;
    private byte[] _pending = [];
    private long _left; // of a message
    private readonly List<byte> _message = [];

    public ImapDialogue(ImapLimits? limits = null, Func<ImapInput.AppendMessage, ImapReply?>? refuse = null)
    {
        Reader = new ImapReader(limits ?? ImapLimits.Default);
        _refuse = refuse ?? (_ => null);
    }

    public ImapReader Reader { get; }

    public IReadOnlyList<string> Found => _found;

    /// <summary>Bytes that came and were not taken.</summary>
    public int PendingLength => _pending.Length;

    /// <summary>What is found in bytes, all at once.</summary>
    public static IReadOnlyList<string> Of(string text, ImapLimits? limits = null, bool isUtf8 = false, Func<ImapInput.AppendMessage, ImapReply?>? refuse = null)
    {
        var dialogue = new ImapDialogue(limits, refuse);
        dialogue.Reader.IsUtf8 = isUtf8;
        dialogue.Feed(Encoding.Latin1.GetBytes(text));
        return dialogue.Found;
    }

    /// <summary>Adds a piece of what a client sends.</summary>
    public void Feed(ReadOnlySpan<byte> piece)
    {
        _pending = [.. _pending, .. piece];
        var buffer = new ReadOnlySequence<byte>(_pending);
        while (true)
        {
            if (_left > 0 || _message.Count > 0)
            {
                var taken = Math.Min(_left, buffer.Length);
                _message.AddRange(buffer.Slice(0, taken).ToArray());
                buffer = buffer.Slice(taken);
                _left -= taken;
                if (_left > 0)
                    break;
                _found.Add($"<{Encoding.Latin1.GetString([.. _message])}>");
                _message.Clear();
            }
            var input = Reader.Read(ref buffer);
            if (input is null)
                break;
            _found.Add(Described.Of(input));
            if (input is ImapInput.AppendMessage announced)
            {
                if (_refuse(announced) is { } reply)
                    Reader.RefuseAppend(reply);
                else
                    _left = announced.Header.Size;
            }
        }
        _pending = buffer.ToArray();
    }
}
