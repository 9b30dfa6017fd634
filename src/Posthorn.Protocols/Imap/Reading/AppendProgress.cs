namespace Posthorn.Protocols.Imap.Reading;

/// <summary>An APPEND of which a message at least was announced.</summary>
internal sealed class AppendProgress(string tag, string mailbox)
{
    public string Tag { get; } = tag;

    public string Mailbox { get; } = mailbox;

    /// <summary>How many messages were announced.</summary>
    public int Count { get; set; }

    /// <summary>The last that was announced.</summary>
    public AppendHeader? Message { get; set; }
}
