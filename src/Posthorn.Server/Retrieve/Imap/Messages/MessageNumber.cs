namespace Posthorn.Server.Retrieve.Imap.Messages;

/// <summary>A message as a session knows it.</summary>
/// <param name="Sequence">Its message sequence number, 1 or more.</param>
/// <param name="Uid">Its UID.</param>
internal readonly record struct MessageNumber(int Sequence, uint Uid);
