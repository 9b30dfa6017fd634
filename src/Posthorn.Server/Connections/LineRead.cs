namespace Posthorn.Server.Connections;

/// <summary>What came of waiting for a line or for bytes.</summary>
internal enum LineRead
{
    /// <summary>There it is.</summary>
    Complete,
    /// <summary>A line longer than allowed has ended; it was thrown away.</summary>
    TooLong,
    /// <summary>The peer has closed: nothing more will come.</summary>
    Lost,
    /// <summary>The peer was too slow, or the session has lasted too long.</summary>
    TimedOut,
    /// <summary>The server stops.</summary>
    Stopping,
}
