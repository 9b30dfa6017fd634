namespace Posthorn.Server.Connections;

/// <summary>Something that is looked at once a second, instead of having a timer of its own.</summary>
internal interface IHeartbeat
{
    /// <summary>A second has passed; to be quick and to throw nothing.</summary>
    /// <param name="now">The time provider's timestamp.</param>
    void OnHeartbeat(long now);
}
