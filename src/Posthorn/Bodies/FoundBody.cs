namespace Posthorn.Bodies;

/// <summary>A body that a store has.</summary>
/// <param name="Name">Its name.</param>
/// <param name="WrittenAt">When it was written, by the store's clock.</param>
public readonly record struct FoundBody(BodyName Name, DateTimeOffset WrittenAt);
