namespace Posthorn.Server.Pipeline.Expressions;

/// <summary>
/// What a condition says of a mail: three values (Kleene), so that <c>has-attachment and sender-is(a@b)</c> never reads the body of a mail from someone else.
/// </summary>
internal enum Truth : byte
{
    False,
    True,
    /// <summary>It hangs on something of the mail that was not read yet; the mail was told what (<see cref="Processors.MailContext"/>).</summary>
    Unknown,
}
