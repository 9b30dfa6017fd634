namespace Posthorn.Samples.Worker;

/// <summary>What was found: the hash in hexadecimal digits, or why there is none.</summary>
internal sealed record FileResult(string Path, string Sha256);
