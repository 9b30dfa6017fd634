namespace Posthorn.Journal.Index;

/// <summary>A body that several messages refer to, or did once.</summary>
/// <param name="References">How many do, those of commits on their way included.</param>
/// <param name="Weight">What it counts as live bytes of its segment.</param>
internal record struct SharedBody(int References, long Weight);
