namespace Posthorn.Server.Pipeline.Processors;

/// <summary>A mail goes round in circles: mails that each came out of the one before, or processors that send it to each other.</summary>
public sealed class MailLoopException(string reason) : InvalidOperationException(reason);
