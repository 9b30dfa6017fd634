namespace Posthorn.Contracts.Reference;

/// <summary>What a reference engine leaves when it is closed, for the next one.</summary>
public sealed class ReferenceStore
{
    internal Guid Identity { get; } = Guid.NewGuid();

    internal ReferenceState State { get; set; } = new();
}
