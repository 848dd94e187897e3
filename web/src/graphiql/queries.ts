/** What the first tabs hold: questions with real answers. */
const CITIES = `# The cities of Jiangsu: anybody may ask, press ▶
# 江苏省各市：无需登录，点击 ▶ 查询
query Cities {
  regions(parent: "320000", first: 20) {
    nodes {
      code
      name
      level
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
`;

const ME = `# Who is logged in? Log in above, then press ▶
# 当前登录用户：请先在上方登录，再点击 ▶
query Me {
  me {
    name
    role
    organization {
      name
      status
      regions {
        name
      }
    }
  }
}
`;

export const FIRST_TABS = [{ query: CITIES }, { query: ME }];
