namespace Posthorn.Server.Pipeline.Processors;

/// <summary>What of a mail a condition needs read before it can say anything.</summary>
[Flags]
internal enum MailNeeds
{
    Nothing = 0,
    Header = 1,
    Parts = 2,
    Answers = 4,
}
