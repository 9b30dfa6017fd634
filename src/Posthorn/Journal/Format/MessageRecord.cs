using Posthorn.Journal.Segments;
using Posthorn.Messages;

namespace Posthorn.Journal.Format;

/// <summary>A message as it stands in the journal: every field of <see cref="OperationKind.Add"/> and <see cref="OperationKind.Put"/>.</summary>
internal struct MessageRecord
{
    public ulong Id;
    public ulong Origin;
    public long Number;
    public long Queue;
    public Priority Priority;
    public bool IsHeld;
    public bool IsShared;
    public bool LeaseGoesOn;
    public bool IsConsumed;
    public bool IsDue;
    public int ReceiveCount;
    public long AcceptedAt;
    public long EnqueuedAt;
    public long DueAt;
    public string? Group;
    public ReadOnlyMemory<byte> Prefix;
    public BodyPlace BodyPlace;
    public LogPosition Body;
    public long BodyLength;
    public long Skip;
    public Envelope Envelope;
    public IReadOnlyDictionary<string, AttributeValue> Attributes;
    public IReadOnlyList<string> Flags;
    public string? LastError;
    public string? DeduplicationId;
}
