namespace Posthorn.Protocols.Imap.Sorting;

/// <summary>THREAD=ORDEREDSUBJECT (RFC 5256 3): messages of one base subject are a thread; the first sent is the parent of all others.</summary>
internal static class SubjectThreads
{
    public static List<MailThread> Of(List<ThreadedMessage> messages)
    {
        messages.Sort((a, b) => string.CompareOrdinal(a.Subject.Text, b.Subject.Text) is not 0 and var difference ? difference : a.CompareTo(b));
        var threads = new List<(ThreadedMessage First, MailThread Thread)>();
        for (var i = 0; i < messages.Count;)
        {
            var first = messages[i++];
            var children = new List<MailThread>();
            while (i < messages.Count && string.Equals(messages[i].Subject.Text, first.Subject.Text, StringComparison.Ordinal))
                children.Add(new MailThread(messages[i++].Number, []));
            threads.Add((first, new MailThread(first.Number, children)));
        }
        threads.Sort((a, b) => a.First.CompareTo(b.First));
        return [.. threads.Select(t => t.Thread)];
    }
}
