namespace Posthorn.Bodies;

/// <summary>A body store cannot be used, as was found at the start; the message says why and what to do.</summary>
public sealed class BodyStoreUnusableException(string reason, Exception? inner = null) : Exception(reason, inner);
