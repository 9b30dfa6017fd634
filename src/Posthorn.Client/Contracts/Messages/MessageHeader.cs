namespace Posthorn.Client.Contracts.Messages;

/// <summary>One header field of a mail.</summary>
/// <param name="Name">Its name as written.</param>
/// <param name="Value">Its value, unfolded and decoded for reading.</param>
public sealed record MessageHeader(string Name, string Value);
