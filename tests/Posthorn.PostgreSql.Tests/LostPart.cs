namespace Posthorn.PostgreSql.Tests;

/// <summary>What of a commit gets lost when its connection breaks.</summary>
internal enum LostPart
{
    Nothing,
    /// <summary>The server has done it, and its answer is not heard.</summary>
    Answer,
    /// <summary>The server does not hear of it.</summary>
    Request,
    /// <summary>The connection is gone as soon as the server has been told, before it has done anything.</summary>
    AllAtOnce,
}
