using Posthorn.Messages;

namespace Posthorn.Server.Accept.Smtp;

/// <summary>
/// MT-PRIORITY's 19 levels (RFC 6710, -9 to 9, 0 is normal) on our ten (0 to 9, 5 is normal): halved, away from normal, so that the six levels of the
/// profiles in use (-4 -2 0 2 4 6) stay apart: 3 4 5 6 7 8. What is above 8 is 9.
/// </summary>
internal static class MtPriority
{
    public static Priority ToPriority(int level) => Priority.Of(5 + (Math.Sign(level) * ((Math.Abs(level) + 1) / 2)));
}
