namespace Posthorn.PostgreSql;

/// <summary>The database cannot be used as it is; the message says why and what to do. Nothing was changed.</summary>
public sealed class DatabaseUnusableException(string reason, Exception? inner = null) : Exception(reason, inner);
