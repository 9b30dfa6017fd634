using Posthorn.Messages;

namespace Posthorn.PostgreSql.Leasing;

/// <summary>A message whose lease ended by its time, or whose due time came.</summary>
internal readonly record struct Flip(long Number, long ModSeq, string Group, MessageState State, int ReceiveCount, long DueAt);
