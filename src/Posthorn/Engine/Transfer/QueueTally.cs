namespace Posthorn.Engine.Transfer;

/// <summary>What was counted and summed of one queue while two stores were compared.</summary>
/// <param name="Queue">Its name.</param>
/// <param name="Messages">Messages, consumed ones included, in the source.</param>
/// <param name="MessagesThere">And in the other.</param>
/// <param name="Bytes">Bytes of their content in the source.</param>
/// <param name="Digest">A sum over all fields and the body's checksum of each message in the source; hexadecimal.</param>
/// <param name="DigestThere">And in the other.</param>
public sealed record QueueTally(string Queue, long Messages, long MessagesThere, long Bytes, string Digest, string DigestThere)
{
    /// <summary>Whether both hold the same.</summary>
    public bool IsSame => Messages == MessagesThere && Digest == DigestThere;
}
