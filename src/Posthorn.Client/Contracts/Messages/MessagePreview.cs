namespace Posthorn.Client.Contracts.Messages;

/// <summary>What a command would do.</summary>
/// <param name="Count">How many messages it selects now.</param>
/// <param name="First">The first of them.</param>
public sealed record MessagePreview(long Count, IReadOnlyList<MessageInfo> First);
