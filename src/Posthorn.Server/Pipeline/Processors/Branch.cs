namespace Posthorn.Server.Pipeline.Processors;

/// <summary>A branch of a mail that is still to go on, and where.</summary>
internal readonly record struct Branch(MailContext Mail, Processor Processor, int Rule);
