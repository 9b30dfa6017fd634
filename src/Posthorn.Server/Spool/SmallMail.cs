namespace Posthorn.Server.Spool;

/// <summary>Mails whose bytes lie with their records and not in a file of their own, so that they are read whole in no time.</summary>
internal static class SmallMail
{
    /// <summary>Largest of them, in bytes: what the journal keeps inline by default, and up to which a body that comes in is in memory too.</summary>
    public const int BytesMax = 128 * 1024;
}
