namespace Posthorn.Samples.Worker;

/// <summary>A file to be read.</summary>
internal sealed record FileJob(string Path);
