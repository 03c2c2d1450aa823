import type { Query } from '../database/index.ts'

/** Of a workspace and a user: the workspace's rights but those that were taken from him. */
export const rightsQuery: Query<{ right: string }> = {
  name: 'rights',
  cache: 'permission',
  text: `
    select "right" from clinic.rights r
    where workspace = $1 and not exists (
      select from clinic.revoked_rights x where x.workspace = r.workspace and x.user_id = $2 and x."right" = r."right"
    )
    order by "right"`
}

/** Of a workspace, a user and a right. */
export const revokeRight: Query<never> = {
  name: 'revoke right',
  text: 'insert into clinic.revoked_rights (workspace, user_id, "right") values ($1, $2, $3) on conflict do nothing'
}

export const restoreRight: Query<never> = {
  name: 'restore right',
  text: 'delete from clinic.revoked_rights where workspace = $1 and user_id = $2 and "right" = $3'
}
