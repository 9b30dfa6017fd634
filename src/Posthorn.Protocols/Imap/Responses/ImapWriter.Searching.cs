using Posthorn.Protocols.Imap.Commands;
using Posthorn.Protocols.Imap.Searching;
using Posthorn.Protocols.Imap.Sorting;

namespace Posthorn.Protocols.Imap.Responses;

/// <content>What was found.</content>
public sealed partial class ImapWriter
{
    /// <summary>SEARCH, the old form (RFC 3501 7.2.5).</summary>
    /// <param name="numbers">Message numbers or UIDs.</param>
    /// <param name="highestModSeq">The greatest mod-sequence of what was found, when MODSEQ was in the search; null otherwise, and when nothing was found (RFC 7162 3.1.5).</param>
    public void Search(ReadOnlySpan<uint> numbers, ulong? highestModSeq) => Found("* SEARCH"u8, numbers, highestModSeq);

    /// <summary>SORT, the old form (RFC 5256 4).</summary>
    /// <param name="numbers">Message numbers or UIDs in order.</param>
    /// <param name="highestModSeq">As of <see cref="Search"/> (RFC 7162 3.1.6).</param>
    public void Sort(ReadOnlySpan<uint> numbers, ulong? highestModSeq) => Found("* SORT"u8, numbers, highestModSeq);

    /// <summary>ESEARCH (RFC 4731 3.1, RFC 9051 7.3.4). Nothing found is told by COUNT 0, or by nothing.</summary>
    /// <param name="tag">Of the command.</param>
    /// <param name="isUid">Whether the numbers are UIDs.</param>
    /// <param name="asked">What was asked for; SAVE alone writes nothing.</param>
    /// <param name="numbers">What was found: ascending, or of SORT in order, of which MIN and MAX are the first and the last (RFC 5267 3.1).</param>
    /// <param name="highestModSeq">As of <see cref="Search"/>.</param>
    public void ESearch(string tag, bool isUid, SearchReturn asked, ReadOnlySpan<uint> numbers, ulong? highestModSeq)
    {
        if (asked == SearchReturn.Save)
            return;
        Write("* ESEARCH (TAG "u8);
        NString(tag);
        Write(isUid ? ") UID"u8 : ")"u8);
        if (!numbers.IsEmpty)
        {
            if (asked.HasFlag(SearchReturn.Min))
                Named(" MIN "u8, numbers[0]);
            if (asked.HasFlag(SearchReturn.Max))
                Named(" MAX "u8, numbers[^1]);
            if (asked.HasFlag(SearchReturn.All))
            {
                Write(" ALL "u8);
                Ranges(NumberRanges.Of(numbers));
            }
        }
        if (asked.HasFlag(SearchReturn.Count))
            Named(" COUNT "u8, numbers.Length);
        if (highestModSeq is { } value && !numbers.IsEmpty)
            Named(" MODSEQ "u8, (long)value);
        EndLine();
    }

    /// <summary>THREAD (RFC 5256 4).</summary>
    public void Thread(IReadOnlyList<MailThread> threads)
    {
        Write("* THREAD"u8);
        if (threads.Count > 0)
            Write(" "u8);
        foreach (var thread in threads)
            ThreadOf(thread);
        EndLine();
    }

    private void Found(ReadOnlySpan<byte> name, ReadOnlySpan<uint> numbers, ulong? highestModSeq)
    {
        Write(name);
        Numbers(numbers);
        if (highestModSeq is { } value && !numbers.IsEmpty)
        {
            Write(" (MODSEQ "u8);
            Number((long)value);
            Write(")"u8);
        }
        EndLine();
    }

    /// <summary>Without recursion: a thread may be as deep as it has messages. One child goes on in the same list, several open a list each.</summary>
    private void ThreadOf(MailThread root)
    {
        var left = new Stack<(MailThread? Thread, bool IsListStart)>([(null, false), (root, true)]);
        var isAfterNumber = false;
        while (left.TryPop(out var next))
        {
            if (next.Thread is not { } thread)
            {
                Write(")"u8);
                isAfterNumber = false;
                continue;
            }
            if (next.IsListStart)
            {
                Write(isAfterNumber ? " ("u8 : "("u8);
                isAfterNumber = false;
            }
            if (thread.Number is { } number)
            {
                if (isAfterNumber)
                    Write(" "u8);
                Number(number);
                isAfterNumber = true;
            }
            if (thread.Children.Count == 1)
            {
                left.Push((thread.Children[0], IsListStart: false));
                continue;
            }
            for (var i = thread.Children.Count - 1; i >= 0; i--)
            {
                left.Push((null, false));
                left.Push((thread.Children[i], IsListStart: true));
            }
        }
    }

    private void Numbers(ReadOnlySpan<uint> numbers)
    {
        foreach (var number in numbers)
        {
            Write(" "u8);
            Number(number);
        }
    }

    private void Named(ReadOnlySpan<byte> name, long value)
    {
        Write(name);
        Number(value);
    }
}
