namespace Posthorn.PostgreSql.Leasing;

/// <summary>What one tenant has in a fair queue.</summary>
/// <param name="Messages">All its messages that were not consumed.</param>
/// <param name="Ready">Ready messages, counted up to one more than are asked for.</param>
/// <param name="Leased">Messages that consumers hold, of all nodes.</param>
internal readonly record struct Lane(long Messages, long Ready, long Leased);
