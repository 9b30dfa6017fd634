namespace Posthorn.Engine;

/// <summary>There is no space for more messages; nothing was added. It may be tried again: service resumes when space returns.</summary>
public sealed class StorageFullException(string reason) : IOException(reason);
