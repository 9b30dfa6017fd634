namespace Posthorn.Server.Operate.Accounts;

/// <summary>Who is acting, once a door has checked it.</summary>
/// <param name="Name">The account's name; its mailbox is the queue of that name.</param>
/// <param name="IsAdmin">Whether it may see and steer everything.</param>
public sealed record Account(string Name, bool IsAdmin);
