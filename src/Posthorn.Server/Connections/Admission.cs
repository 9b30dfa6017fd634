namespace Posthorn.Server.Connections;

/// <summary>Whether a connection may come in.</summary>
internal enum Admission
{
    /// <summary>It has a place.</summary>
    Granted,
    /// <summary>There are as many as there may be.</summary>
    Full,
    /// <summary>There are as many from its address as there may be.</summary>
    FullForAddress,
    /// <summary>The node drains: another one is to be asked.</summary>
    Draining,
}
